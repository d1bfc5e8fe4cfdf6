"""The pages of the site."""

from django.urls import path

from imaging.views import batches

urlpatterns = [
    # Batches
    path("batches/", batches.batches, name="batches"),
    path("batches/<uuid:pk>/", batches.batch, name="batch"),
    path("batches/<uuid:pk>/changes/", batches.changes, name="batch_changes"),
    path("batches/<uuid:pk>/cancel/", batches.batch_cancel, name="batch_cancel"),
    path("batches/<uuid:pk>/retry/", batches.batch_retry, name="batch_retry"),
    path("tasks/<uuid:pk>/cancel/", batches.task_cancel, name="task_cancel"),
    path("tasks/<uuid:pk>/retry/", batches.task_retry, name="task_retry"),
]
