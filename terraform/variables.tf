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

  validation {
    condition     = can(cidrhost(var.network_cidr, 0)) && can(regex("/(16|17|18|19|20)$", var.network_cidr))
    error_message = "network_cidr is an IPv4 block from /16 to /20, such as 10.20.0.0/16."
  }
}

variable "internet_access" {
  description = "Whether tasks reach the internet, by a NAT gateway: yes, unless the purchase API is within the network."
  type        = bool
  default     = true
}

variable "interface_endpoints" {
  description = "AWS services that are asked without the internet, besides those that have to be: S3 always (its endpoint is free), and without internet_access all that tasks, or managed Airflow, ask."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z][a-z0-9.-]+$", service)) && service != "s3" && !startswith(service, "com.")])
    error_message = "interface_endpoints are services as `aws ec2 describe-vpc-endpoint-services` ends their names, such as ecr.api: no com.amazonaws.…, and no s3, which has one."
  }
}

variable "endpoint_zones" {
  description = "Zones of each interface endpoint (1 to 3), which is paid for by zone. Null: all."
  type        = number
  default     = null
}

variable "exclude_zone_ids" {
  description = "Zones to keep out of, by the ids that are the same in every account. By default, old ones that lack services of the platform."
  type        = set(string)
  default     = ["use1-az3", "usw1-az2", "apne1-az3"]
}

variable "image_tag" {
  description = "Tag of the image that tasks run; `make deploy` prints it."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.image_tag)) && var.image_tag != "latest"
    error_message = "image_tag names one image for good, such as a commit; `latest` does not."
  }
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
