variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "account" {
  description = "The account, its partition and region."
  type        = object({ id = string, partition = string, region = string })
}

variable "cidr" {
  description = "Addresses of the network; a /16 to /20."
  type        = string

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && can(regex("/(16|17|18|19|20)$", var.cidr))
    error_message = "The network's addresses are an IPv4 block from /16 to /20, such as 10.20.0.0/16."
  }
}

variable "key_arn" {
  description = "Customer key of the flow logs."
  type        = string
}

variable "internet_access" {
  description = "Whether a NAT gateway leads to the internet."
  type        = bool
}

variable "interface_endpoints" {
  description = "Services with an endpoint in the network, such as `ecr.api`."
  type        = set(string)
}

variable "endpoint_zones" {
  description = "Zones that each interface endpoint is in; it is paid for by zone. Null: all."
  type        = number
  default     = null

  validation {
    condition     = var.endpoint_zones == null ? true : contains([1, 2, 3], var.endpoint_zones)
    error_message = "endpoint_zones is 1, 2 or 3."
  }
}

variable "exclude_zone_ids" {
  description = "Zones to keep out of, by the ids that are the same in every account."
  type        = set(string)
}
