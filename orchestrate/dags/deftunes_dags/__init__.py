"""What Airflow knows of the pipelines: their schedules, what is typed for them, who hears of it."""
