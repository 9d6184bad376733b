"""What students hand in: problems with their solutions, and what makes a sheet of them for each student."""
