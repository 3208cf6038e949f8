"""Shadow: stored inputs replayed on two versions, to tell a worse model from worse inputs."""
