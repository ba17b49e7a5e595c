"""What predictors look at: costs, sums of measured blocks, and their designs."""
