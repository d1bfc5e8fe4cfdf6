"""Where Django looks for what its admin shows: all of it is the console's."""

from imaging.console import accounts as accounts
from imaging.console import audit as audit
from imaging.console import doctor as doctor
from imaging.console import failures as failures
from imaging.console import history as history
from imaging.console import integrity as integrity
from imaging.console import operators as operators
from imaging.console import people as people
from imaging.console import providers as providers
from imaging.console import retention as retention
from imaging.console import start as start
from imaging.console import storage as storage
from imaging.console import timeline as timeline
