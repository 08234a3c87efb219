"""What a person reads: pictures, tables, Markdown, terminals, and the words for reasons."""
