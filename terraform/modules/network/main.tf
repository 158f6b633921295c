# A network without a way in. The way out is by choice: interface endpoints to AWS's services, a
# NAT gateway to everything else, or both.

data "aws_availability_zones" "available" {
  #checkov:skip=CKV_AWS_394:Zones are taken from the beginning of the list, where a new one does not come
  state            = "available"
  exclude_zone_ids = var.exclude_zone_ids

  # no local zones: Redshift is not there
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  # Redshift Serverless asks for three subnets, in three zones; where a region has but two, one of
  # them has two of the subnets.
  private_subnets = 3
  zones = slice(
    data.aws_availability_zones.available.names,
    0,
    min(local.private_subnets, length(data.aws_availability_zones.available.names)),
  )
  # an endpoint takes one subnet of a zone, and the first subnets are in zones of their own
  endpoint_zones   = min(coalesce(var.endpoint_zones, local.private_subnets), length(local.zones))
  endpoint_subnets = slice(aws_subnet.private, 0, local.endpoint_zones)
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  enable_dns_support   = true
  tags                 = { Name = var.name }
}

# What is launched without a group of its own gets this one: it lets nothing through.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "private" {
  count = local.private_subnets

  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(var.cidr, 4, count.index)
  availability_zone = local.zones[count.index % length(local.zones)]
  tags              = { Name = "${var.name}-private-${count.index + 1}" }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-private" }
}

resource "aws_route_table_association" "private" {
  count = local.private_subnets

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}
