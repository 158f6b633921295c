variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "account" {
  description = "The account, its partition and region."
  type        = object({ id = string, partition = string, region = string })
}

variable "network" {
  description = "The network of the tasks, and of the demo database."
  type        = object({ id = string, cidr = string, subnet_ids = list(string), routes = string })
}

variable "runtime" {
  description = "Output of module `runtime`."
  type = object({
    image              = string
    log_group          = string
    security_group_id  = string
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

variable "key_arn" {
  description = "Customer key of secrets and the demo database."
  type        = string
}

variable "purchase_api" {
  description = "The purchase API's URL, and whether it asks for a token."
  type        = object({ url = string, needs_token = bool })
}

variable "songs_database" {
  description = "The songs database that is there. Null: a demo one is made."
  type = object({
    host       = string
    port       = number
    user       = string
    database   = string
    secret_arn = string
    cidr       = string
    peering = object({
      vpc_id            = string
      route_table_ids   = list(string)
      security_group_id = string
    })
  })
}

variable "force_destroy" {
  description = "Whether secrets go at once with `terraform destroy`."
  type        = bool
}
