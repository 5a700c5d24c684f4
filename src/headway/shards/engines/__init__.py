"""What runs the computing of shards: this process, or a cluster of Ray."""
