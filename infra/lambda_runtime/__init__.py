"""The built packages under Lambda's own runtime client, which an emulated Runtime API drives."""
