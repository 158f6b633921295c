variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "account" {
  description = "The account, its partition and region."
  type        = object({ id = string, partition = string, region = string })
}

variable "orchestrator" {
  description = "What starts the tasks: scheduler, mwaa or none."
  type        = string
}

variable "network" {
  description = "The network that Airflow is in."
  type        = object({ id = string, cidr = string, subnet_ids = list(string) })
}

variable "runtime" {
  description = "Output of module `runtime`."
  type = object({
    cluster_arn       = string
    cluster_name      = string
    log_group         = string
    security_group_id = string
    subnet_ids        = list(string)
    execution_role    = object({ name = string, arn = string })
  })
}

variable "jobs" {
  description = "Family and role of each task definition, by its job's name."
  type        = map(object({ family = string, role_arn = string }))
}

variable "schedules" {
  description = "Name, job and cron (UTC) of each schedule, as Meltano has them."
  type        = list(object({ name = string, job = string, interval = optional(string) }))

  validation {
    condition = var.orchestrator != "scheduler" ? true : alltrue([
      for schedule in var.schedules : can(regex("^(@.*|[0-9]+ [0-9]+ ([*]|[0-9]+) ([*]|[0-9]+) ([*]|[0-7]))$", coalesce(schedule.interval, "@none")))
    ])
    error_message = "EventBridge is told a minute and an hour, and at most one day each of month and week, such as \"0 5 * * *\": change the schedule in orchestrate/orchestrate.meltano.yml, or let Airflow start it."
  }
}

variable "jobs_by_name" {
  description = "The blocks of each of Meltano's jobs, by its name."
  type        = map(any)
}

variable "step_minutes" {
  description = "How long after one step of a job the next one starts."
  type        = number
  default     = 30
}

variable "maintenance_schedule" {
  description = "When lake-maintain-job starts (UTC), in AWS's notation. Null: never."
  type        = string
}

variable "evaluation_schedule" {
  description = "When Glue evaluates the rule sets (UTC), in AWS's notation. Null: never."
  type        = string
}

variable "evaluations" {
  description = "What Glue evaluates, as module `data_quality` gives it: by table its rule set, and the other tables that its rules name."
  type = object({
    role_arn = string
    database = string
    runs     = map(object({ ruleset = string, others = list(string) }))
  })
}

variable "artifacts" {
  description = "Bucket of the DAGs, and its key."
  type        = object({ name = string, arn = string, key_arn = string })
}

variable "airflow_version" {
  description = "Version of managed Airflow."
  type        = string
}

variable "key_arn" {
  description = "Customer key of schedules, missed starts and Airflow."
  type        = string
}
