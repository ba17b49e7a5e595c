"""Places where a plan is measured: this machine, a board over ssh, a Ray cluster, a bundle that is carried."""
