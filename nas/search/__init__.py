"""Search: judges, the study, feasibility, Pareto fronts and result files."""
