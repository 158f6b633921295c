variable "project" {
  description = "First part of all names."
  type        = string
  default     = "deftunes"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,15}$", var.project))
    error_message = "project has 3 to 16 characters of a-z, 0-9 and '-', and begins with a letter."
  }
}

variable "environment" {
  description = "Second part of all names. In `prod`, data outlive `terraform destroy`."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod", "emulated"], var.environment)
    error_message = "environment is dev, staging, prod or emulated."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is an AWS region, such as us-east-1."
  }
}

variable "aws_endpoint_url" {
  description = "Where an emulator of AWS is. Null: AWS itself."
  type        = string
  default     = null

  validation {
    condition     = var.aws_endpoint_url == null || can(regex("^http://127\\.0\\.0\\.1:[0-9]+$", var.aws_endpoint_url))
    error_message = "aws_endpoint_url is an emulator on this machine, such as http://127.0.0.1:14566."
  }
}

variable "network_cidr" {
  description = "Addresses of the network."
  type        = string
  default     = "10.20.0.0/16"
}

variable "internet_access" {
  description = "Whether tasks reach the internet, by a NAT gateway: yes, unless the purchase API is within the network."
  type        = bool
  default     = true
}

variable "interface_endpoints" {
  description = "AWS services that are asked without the internet. Needed without internet_access; by default S3 alone is (its endpoint is free)."
  type        = set(string)
  default     = []

  validation {
    condition = var.internet_access || length(setsubtract(
      ["ecr.api", "ecr.dkr", "glue", "kms", "logs", "secretsmanager", "ssm", "sts", var.warehouse.mode == "provisioned" ? "redshift" : "redshift-serverless"],
      var.interface_endpoints,
    )) == 0
    error_message = "Without internet_access, interface_endpoints needs at least ecr.api, ecr.dkr, glue, kms, logs, secretsmanager, ssm, sts and, to log in to the warehouse, redshift-serverless (or redshift, if it is provisioned)."
  }
}

variable "endpoint_zones" {
  description = "Zones of each interface endpoint (1 to 3), which is paid for by zone. Null: all."
  type        = number
  default     = null
}

variable "image_tag" {
  description = "Tag of the image that tasks run; `make deploy` prints it."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.image_tag)) && var.image_tag != "latest"
    error_message = "image_tag names one image for good, such as a commit; `latest` does not."
  }
}

variable "purchase_api" {
  description = "The purchase API, and whether it asks for a token (which is put into its secret by hand)."
  type = object({
    url         = string
    needs_token = optional(bool, false)
  })

  validation {
    condition     = can(regex("^https?://[^/@:]+(:[0-9]+)?$", var.purchase_api.url))
    error_message = "purchase_api.url is https://host or https://host:port: no path, no user, no password."
  }

  validation {
    condition     = !var.purchase_api.needs_token || startswith(var.purchase_api.url, "https:")
    error_message = "A token goes over https only."
  }
}

variable "songs_database" {
  description = "The songs database. Null: there is none, and `demo_songs_database` makes one."
  type = object({
    host              = string
    port              = optional(number, 5432)
    user              = string
    database          = optional(string, "postgres")
    secret_arn        = string
    security_group_id = string
  })
  default = null

  validation {
    condition     = (var.songs_database == null) == var.demo_songs_database
    error_message = "Give songs_database, or set demo_songs_database = true to have a small one made: one of the two."
  }

  validation {
    condition     = var.songs_database == null || can(regex("^arn:[a-z-]+:secretsmanager:", var.songs_database.secret_arn))
    error_message = "songs_database.secret_arn is the ARN of a secret with the key `password`."
  }
}

variable "demo_songs_database" {
  description = "Whether a small songs database is made, to try things with."
  type        = bool
  default     = false
}

variable "warehouse" {
  description = "Redshift: `serverless` is paid for by the second, `provisioned` by the hour."
  type = object({
    mode            = optional(string, "serverless")
    database        = optional(string, "dev")
    node_type       = optional(string, "ra3.large")
    nodes           = optional(number, 1)
    base_rpus       = optional(number, 8)
    max_rpus        = optional(number, 16)
    daily_rpu_hours = optional(number, 8)
  })
  default = {}

  validation {
    condition     = contains(["serverless", "provisioned"], var.warehouse.mode)
    error_message = "warehouse.mode is serverless or provisioned."
  }

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.warehouse.database))
    error_message = "warehouse.database has up to 63 characters of a-z, 0-9 and '_', and begins with a letter."
  }
}

variable "warehouse_readers" {
  description = "Who may read the models, such as `alice`, `group:analysts`, `role:bi`. Empty: grants stay as they are."
  type        = list(string)
  default     = []
}

variable "table_optimizers" {
  description = "Whether AWS Glue keeps the tables in order, in the place of lake-maintain-job. The tables have to be there."
  type        = bool
  default     = false
}

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
  description = "Version of managed Airflow."
  type        = string
  default     = "3.0.6"
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
