"""Fixes decided one by one."""
