"""BLAKE2 as ``hashlib`` has it, without OpenSSL: loading that takes a twentieth of a short run."""

try:
    from _blake2 import blake2b
except ImportError:  # An interpreter may do without it.
    from hashlib import blake2b

__all__ = ["blake2b"]
