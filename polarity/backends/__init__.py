"""The machines that answer: BERT, and LLMs behind OpenAI-compatible servers."""
