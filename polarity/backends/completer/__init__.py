"""One OpenAI-compatible server behind one call: what is asked, and what really comes back.

connection   where the server is, by which way it is reached, how much of an answer is taken
terms        what the server refuses in a request, learned for the run
client       the call, by either endpoint
replies      an answer, in the shapes that servers send -> a completion
candidates   its log-probabilities -> the candidates for its first token, and a bound on the others
complaints   what a server says of an error, and what it means
faults       every error -> one attempt's fault, or a rejection of the backend

It asks once: retries and deadlines have one owner, the LLM backend.
"""

from polarity.backends.completer.candidates import Candidates
from polarity.backends.completer.client import NOTHING_ELSE, Completer
from polarity.backends.completer.faults import Fault
from polarity.backends.completer.replies import Reply

__all__ = ["NOTHING_ELSE", "Candidates", "Completer", "Fault", "Reply"]
