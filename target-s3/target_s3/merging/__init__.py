"""What arrived against what is there: the difference, and the commit that it takes."""
