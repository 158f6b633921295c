"""Taps of our own making: what strangers' taps may send to a target, and in which mode."""
