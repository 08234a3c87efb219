"""Fine-tuning a checkpoint."""
