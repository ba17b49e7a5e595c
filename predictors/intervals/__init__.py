"""How sure a prediction is: conformal intervals, novelty, unseen parts, budgets."""
