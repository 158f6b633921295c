# What no emulator has: Redshift Serverless, managed Airflow, table optimizers. With a provider that
# makes up what AWS would answer, these tests see that the parts fit, and no more than that.

mock_provider "aws" {
  source = "./tests/mocks"
}

run "serverless_is_paid_by_the_second_and_has_a_limit" {
  command = apply
  variables {
    warehouse = { mode = "serverless", base_rpus = 8, daily_rpu_hours = 4 }
  }

  assert {
    condition     = output.meltano_env.variables.REDSHIFT_HOST == "workgroup.internal"
    error_message = "dbt is not told of the workgroup's host."
  }

  assert {
    condition     = output.meltano_env.variables.REDSHIFT_WORKGROUP == "deftunes-emulated" && output.meltano_env.variables.REDSHIFT_CLUSTER_ID == ""
    error_message = "dbt is told of a cluster in the place of a workgroup."
  }

  assert {
    condition     = output.meltano_env.variables.REDSHIFT_LOGIN == "serverless"
    error_message = "target-redshift would log in to a cluster."
  }
}

run "the_demo_database_keeps_its_own_password" {
  command = apply

  assert {
    condition     = output.meltano_env.secrets.DEFTUNES_SONGS_PASSWORD == "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds-AbCdEf:password::"
    error_message = "The songs job does not read the password that AWS keeps."
  }
}

run "airflow_in_the_place_of_the_scheduler" {
  command = apply
  variables {
    orchestrator = "mwaa"
  }

  assert {
    condition     = keys(output.schedules) == ["lake-maintain"]
    error_message = "Both would start the pipelines, or nothing the upkeep."
  }
}

run "nothing_starts_the_tasks" {
  command = apply
  variables {
    orchestrator         = "none"
    maintenance_schedule = null
    evaluation_schedule  = null
  }

  assert {
    condition     = output.schedules == {}
    error_message = "Something starts the pipelines."
  }
}

run "a_network_without_the_internet_has_the_endpoints_of_its_tasks" {
  command = plan
  variables {
    internet_access = false
    endpoint_zones  = 1
    warehouse       = { mode = "serverless" }
  }

  assert {
    condition = join(" ", module.network.endpoints) == join(" ", [
      "ecr.api", "ecr.dkr", "glue", "kms", "logs", "redshift-serverless", "s3", "secretsmanager", "ssm", "sts",
    ])
    error_message = "Tasks could not reach all that they ask."
  }
}

# AWS's list of an environment in such a network, and ECS, which the DAGs ask:
# https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-vpe-create-access.html
run "airflow_in_a_network_without_the_internet_has_all_that_aws_lists" {
  command = plan
  variables {
    internet_access = false
    orchestrator    = "mwaa"
  }

  assert {
    condition = length(setsubtract(
      ["s3", "monitoring", "ecr.dkr", "ecr.api", "logs", "sqs", "kms", "airflow.api", "airflow.env", "airflow.ops", "ecs"],
      module.network.endpoints,
    )) == 0
    error_message = "Airflow could not start."
  }
}

run "with_a_gateway_there_are_those_endpoints_that_are_asked_for" {
  command = plan
  variables {
    interface_endpoints = ["ecr.dkr"]
  }

  assert {
    condition     = join(" ", module.network.endpoints) == "ecr.dkr s3"
    error_message = "Endpoints are paid for that nobody asked for."
  }
}

run "a_songs_database_in_another_network" {
  command = apply
  variables {
    demo_songs_database = false
    songs_database = {
      host       = "songs.internal"
      user       = "reader"
      secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:songs-AbCdEf"
      cidr       = "10.40.0.0/16"
      peering    = { vpc_id = "vpc-0123456789abcdef0", route_table_ids = ["rtb-0123456789abcdef0", "rtb-0123456789abcdef1"], security_group_id = "sg-0123456789abcdef0" }
    }
  }

  assert {
    condition     = output.meltano_env.variables.DEFTUNES_SONGS_HOST == "songs.internal"
    error_message = "Tasks are not told of the database."
  }
}

run "glue_keeps_the_tables_in_order" {
  command = apply
  variables {
    table_optimizers = true
  }

  assert {
    condition     = contains(keys(output.jobs), "lake-maintain-job") && !contains(keys(output.schedules), "lake-maintain")
    error_message = "Our own upkeep is to be had, and not to be started."
  }
}

# Redshift Serverless wants three subnets there too; an endpoint takes no second subnet of a zone.
run "a_region_with_two_zones_has_three_subnets_in_them" {
  command = apply
  variables {
    internet_access = false
    warehouse       = { mode = "serverless" }
  }

  override_data {
    target = module.network.data.aws_availability_zones.available
    values = { names = ["us-west-1a", "us-west-1c"] }
  }

  assert {
    condition     = join(" ", module.network.zones.subnets) == "us-west-1a us-west-1c us-west-1a"
    error_message = "Redshift Serverless would be refused."
  }

  assert {
    condition     = join(" ", module.network.zones.endpoints) == "us-west-1a us-west-1c"
    error_message = "An endpoint has no zone, or one of them twice."
  }
}
