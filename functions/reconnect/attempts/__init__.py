"""Begin attempts and keep them moving, whoever asks for one."""
