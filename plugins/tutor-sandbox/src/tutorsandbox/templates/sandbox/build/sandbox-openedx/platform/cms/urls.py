from sandbox.urls import urlpatterns

__all__ = ["urlpatterns"]
