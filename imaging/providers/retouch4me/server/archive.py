"""The archive of a job's layers, sent while it is made.

retouch4.me/docs/cloud_retouching_api/en/layers_archive.html.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from zipstream import ZipStream

from imaging.delivery.handover import blocks_of, release_connections
from imaging.delivery.transfer import with_name
from imaging.models import Blob, Result
from imaging.providers.base import ResultKind
from imaging.providers.retouch4me import wire
from imaging.providers.retouch4me.server.jobs import Job, absent

TYPE = "binary/octet-stream"


def archived(request: HttpRequest, job: Job) -> HttpResponseBase:
    """Answer with the layers that were asked for, under the name of the original."""
    results = list(job.task.results.select_related("image__blob"))
    layers = layers_of(job, results)
    report = json.dumps(report_of(job, results)).encode()
    archive = ZipStream(sized=True)
    for name, blob in layers:
        layer = blocks_of(blob.key, blob.size)
        archive.add(layer, wire.dump_layer_name(name), size=blob.size)
    archive.add(report, wire.REPORT)
    headers = {
        "Content-Type": TYPE,
        "Content-Length": str(len(archive)),
        "Content-Disposition": with_name("attachment", job.task.image_name),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    release_connections()
    return StreamingHttpResponse(archive, headers=headers)


def layers_of(job: Job, results: list[Result]) -> list[tuple[wire.LayerName, Blob]]:
    """Return the layers in the order of the tasks. Raises NotAllowed without one."""
    wanted = job.record.data["layers"]
    made = {
        str(one.data.get("plugin")): one
        for one in results
        if one.kind == ResultKind.LAYER
    }
    found: list[tuple[wire.LayerName, Blob]] = []
    for plugin in wanted:
        if not (one := made.get(plugin)):
            continue
        if one.image is None or one.image.trashed:
            raise absent()
        mode = str(one.data.get("blend_mode") or "normal")
        found.append((wire.LayerName(len(found), mode, plugin), one.image.blob))
    return found


def report_of(job: Job, results: list[Result]) -> dict[str, Any]:
    """Return what is told of each plugin beside its pixels."""
    pictures = (one.data for one in results if one.kind == ResultKind.IMAGE)
    said: dict[str, Any] = next(pictures, {})
    told = said.get("plugins") or {}
    if isinstance(told, list):
        # Another server has made it, and written its own.
        return wire.dump_report(told)
    notes = {one.get("plugin"): one.get("note") for one in said.get("notes") or []}
    plugins = []
    for name in job.record.data["plugins"]:
        metadata = dict(told.get(name) or {})
        if note := notes.get(name):
            metadata["note"] = note
        faces = metadata.get("faces", [])
        plugins.append({"pluginName": name, "metadata": metadata, "faces": faces})
    return wire.dump_report(plugins)
