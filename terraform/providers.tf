locals {
  emulated = var.aws_endpoint_url != null
}

provider "aws" {
  region                      = var.region
  access_key                  = local.emulated ? "sandbox" : null
  secret_key                  = local.emulated ? "sandbox" : null
  s3_use_path_style           = local.emulated
  skip_credentials_validation = local.emulated
  skip_metadata_api_check     = local.emulated
  skip_region_validation      = local.emulated
  max_retries                 = local.emulated ? 2 : null

  # A service that is missing here would be asked for at AWS itself, with the sandbox's keys.
  dynamic "endpoints" {
    for_each = local.emulated ? [var.aws_endpoint_url] : []
    content {
      athena             = endpoints.value
      budgets            = endpoints.value
      cloudwatch         = endpoints.value
      ec2                = endpoints.value
      ecr                = endpoints.value
      ecs                = endpoints.value
      events             = endpoints.value
      glue               = endpoints.value
      iam                = endpoints.value
      kms                = endpoints.value
      logs               = endpoints.value
      mwaa               = endpoints.value
      rds                = endpoints.value
      redshift           = endpoints.value
      redshiftdata       = endpoints.value
      redshiftserverless = endpoints.value
      s3                 = endpoints.value
      s3control          = endpoints.value
      scheduler          = endpoints.value
      secretsmanager     = endpoints.value
      sns                = endpoints.value
      sqs                = endpoints.value
      ssm                = endpoints.value
      sts                = endpoints.value
    }
  }

  default_tags {
    tags = {
      Project     = var.project
      Environment = var.environment
      ManagedBy   = "terraform"
    }
  }
}
