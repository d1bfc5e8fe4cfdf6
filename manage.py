#!/usr/bin/env python
"""Run one of Darkroom's commands: `python manage.py help` lists them."""

import os
import sys


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config.stack import roomy
    from imaging.auditing.commands import Commands

    roomy(Commands(sys.argv).execute)()


if __name__ == "__main__":
    main()
