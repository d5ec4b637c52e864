from django.urls import path

from sandbox import views

urlpatterns = [
    path("", views.index),
    path("sandbox.json", views.as_json),
    path("heartbeat", views.heartbeat),
]
