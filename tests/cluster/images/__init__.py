"""Images made of programs and files of this machine, without Docker and without a registry."""
