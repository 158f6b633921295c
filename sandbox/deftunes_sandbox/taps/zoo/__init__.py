"""A tap of our own making, with everything that strangers' taps may send."""
