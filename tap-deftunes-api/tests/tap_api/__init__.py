"""The promises of tap-deftunes-api, tried on a real HTTP server."""
