"""Who could be a good mentor for whom, and why. It advises and explains; whom to bring together people decide."""
