variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "account" {
  description = "The account, its partition and region."
  type        = object({ id = string, partition = string, region = string })
}

variable "runtime" {
  description = "Output of module `runtime`."
  type = object({
    image              = string
    log_group          = string
    assume_role_policy = string
    execution_role     = object({ name = string, arn = string })
  })
}

variable "lake" {
  description = "The lake's bucket and key."
  type        = object({ name = string, arn = string, key_arn = string })
}

variable "tables" {
  description = "Tables of the lake."
  type        = list(string)
}

variable "environment" {
  description = "Variables that every task has."
  type        = map(string)
}

variable "warehouse_environment" {
  description = "Variables that dbt reads of the warehouse, its host aside."
  type        = map(string)
}

variable "table_optimizers" {
  description = "Whether AWS Glue compacts the tables and expires snapshots."
  type        = bool
}

variable "athena_limit_gb" {
  description = "How much one query of Athena may read."
  type        = number
  default     = 100
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may remove the workgroup with its queries."
  type        = bool
}
