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
    condition     = var.internet_access || length(setsubtract(["ecr.api", "ecr.dkr", "glue", "kms", "logs", "secretsmanager", "ssm", "sts"], var.interface_endpoints)) == 0
    error_message = "Without internet_access, interface_endpoints needs at least ecr.api, ecr.dkr, glue, kms, logs, secretsmanager, ssm and sts: tasks would not start."
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
