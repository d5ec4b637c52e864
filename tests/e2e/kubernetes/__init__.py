"""The platform on a real Kubernetes cluster. A package: its cluster goes when its tests are done."""
