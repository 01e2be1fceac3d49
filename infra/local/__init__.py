"""The whole stack on one machine: the template's functions and triggers around an emulated AWS."""
