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
  type        = list(object({ name = string, job = string, interval = string }))
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
