# What starts the pipelines, what looks after them, and who is told.

variable "orchestrator" {
  description = "What starts the pipelines: scheduler (EventBridge), mwaa (managed Airflow), or none (an Airflow of your own)."
  type        = string
  default     = "scheduler"

  validation {
    condition     = contains(["scheduler", "mwaa", "none"], var.orchestrator)
    error_message = "orchestrator is scheduler, mwaa or none."
  }
}

variable "airflow_version" {
  description = "Version of managed Airflow: by default the newest that AWS offers, and the one nearest to that of `make airflow`."
  type        = string
  default     = "3.3.1"

  validation {
    condition     = can(regex("^3\\.[0-9]+\\.[0-9]+$", var.airflow_version))
    error_message = "airflow_version is an Airflow 3 as AWS offers it, such as 3.3.1: Airflow 2 cannot import the DAGs of orchestrate/."
  }
}

variable "maintenance_schedule" {
  description = "When lake-maintain-job starts (UTC), in AWS's notation: Saturday, before the loads. Null: never. With table_optimizers it does not start."
  type        = string
  default     = "cron(0 4 ? * 7 *)"

  validation {
    condition     = var.maintenance_schedule == null || can(regex("^(cron|rate)\\(.+\\)$", var.maintenance_schedule))
    error_message = "maintenance_schedule is a schedule of EventBridge, such as cron(0 4 ? * 7 *) or rate(7 days)."
  }
}

variable "evaluation_schedule" {
  description = "When Glue evaluates its rule sets (UTC), in AWS's notation: Monday, after the builds. Null: never."
  type        = string
  default     = "cron(30 7 ? * 2 *)"

  validation {
    condition     = var.evaluation_schedule == null || can(regex("^(cron|rate)\\(.+\\)$", var.evaluation_schedule))
    error_message = "evaluation_schedule is a schedule of EventBridge, such as cron(30 7 ? * 2 *) or rate(7 days)."
  }
}

variable "table_optimizers" {
  description = "Whether AWS Glue keeps the tables in order, in the place of lake-maintain-job. The tables have to be there."
  type        = bool
  default     = false
}

variable "fresh_within_hours" {
  description = "By job: hours after which somebody is told that it has not ended well."
  type        = map(number)
  default     = { api-extract-job = 26, rds-extract-job = 26, dbt-build-job = 26 }

  validation {
    condition     = alltrue([for hours in values(var.fresh_within_hours) : hours >= 1 && hours <= 168])
    error_message = "fresh_within_hours are 1 to 168: CloudWatch looks back for a week at most."
  }
}

variable "alert_email" {
  description = "Who is told of failures, stale data and costs. Null: nobody by mail."
  type        = string
  default     = null

  validation {
    condition     = var.alert_email == null || can(regex("^[^@ ]+@[^@ ]+$", var.alert_email))
    error_message = "alert_email is an address."
  }
}

variable "monthly_budget_usd" {
  description = "What a month may cost, in dollars."
  type        = number
  default     = 150

  validation {
    condition     = var.monthly_budget_usd > 0
    error_message = "monthly_budget_usd is more than nothing."
  }
}
