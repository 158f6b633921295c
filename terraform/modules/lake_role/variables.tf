variable "name" {
  description = "Name of the role."
  type        = string
}

variable "account" {
  description = "The account, its partition and region."
  type        = object({ id = string, partition = string, region = string })
}

variable "assume_role_policy" {
  description = "Who may take the role, as JSON."
  type        = string
}

variable "lake" {
  description = "The lake's bucket and key."
  type        = object({ name = string, arn = string, key_arn = string })
}

variable "landing_paths" {
  description = "Folders that its streams land in, such as `landing_zone/api`."
  type        = list(string)
}

variable "read_paths" {
  description = "Folders below the lake that it only reads."
  type        = list(string)
  default     = []
}

variable "extractor" {
  description = "Name that its bookmarks begin with, such as `tap-postgres`. Null: it keeps none."
  type        = string
  default     = null
}

variable "environment_name" {
  description = "Meltano's environment: the ids of states begin with it."
  type        = string
  default     = "aws"
}

variable "tables" {
  description = "Tables of the lake."
  type        = list(string)
}
