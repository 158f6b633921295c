variable "name" {
  description = "Prefix of all names; the cluster's or workgroup's own."
  type        = string
}

variable "account" {
  description = "The account, its partition and region."
  type        = object({ id = string, partition = string, region = string })
}

variable "network" {
  description = "The network that the warehouse is in."
  type        = object({ id = string, cidr = string, subnet_ids = list(string) })
}

variable "task_security_group_id" {
  description = "Security group of those who may connect."
  type        = string
}

variable "lake" {
  description = "The lake's bucket and key."
  type        = object({ name = string, arn = string, key_arn = string })
}

variable "database" {
  description = "Glue database of the lake's tables; the external schema has its name."
  type        = string
}

variable "lake_reader_name" {
  description = "Name of the role by which Redshift reads the lake."
  type        = string
}

variable "dbt_role" {
  description = "The role that dbt runs as."
  type        = object({ name = string, arn = string })
}

variable "host_parameter" {
  description = "Name of the parameter that says where the warehouse is."
  type        = string
}

variable "key_arn" {
  description = "Customer key of the warehouse."
  type        = string
}

variable "log_key_arn" {
  description = "Customer key of the warehouse's logs."
  type        = string
}

variable "warehouse" {
  description = "Form and size of the warehouse."
  type = object({
    mode            = string
    database        = string
    node_type       = string
    nodes           = number
    base_rpus       = number
    max_rpus        = number
    daily_rpu_hours = number
  })
}

variable "disposable" {
  description = "Whether `terraform destroy` takes it away without a snapshot; a serverless warehouse is not taken away otherwise."
  type        = bool
}
