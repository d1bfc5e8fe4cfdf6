"""Where static files go: hashed, compressed, ES modules' imports rewritten too."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

# Django's own rewriting needs a semicolon and reads other packages' comments as code.
MODULE_IMPORT = r"""
    (?x)(?P<matched>
        (?P<start> \b (?:from|import) \s* \(? \s* )
        ["'] (?P<url> \.{1,2}/ [^"']+ \.js ) ["']
    )"""


class Storage(CompressedManifestStaticFilesStorage):
    """Give every file, and every name inside a file, the hash of its content."""

    keep_intermediate_files = False
    max_post_process_passes = 20  # one for each step of a chain of imports
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((MODULE_IMPORT.strip(), '%(start)s"%(url)s"'),)),
    )
