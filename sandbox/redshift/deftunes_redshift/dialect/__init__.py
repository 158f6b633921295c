"""What Redshift takes, what it refuses, and what PostgreSQL says otherwise."""
