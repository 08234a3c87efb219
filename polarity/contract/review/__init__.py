"""What a contract's author needs and a service never loads."""
