"""What has arrived, staged in files of the load's own."""
