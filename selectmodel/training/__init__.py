"""While a training runs: it is logged, judged after each epoch, stopped in time, its checkpoints thinned out."""
