# Bad input is refused, by a sentence, before anything is asked of AWS.

mock_provider "aws" {
  source = "./tests/mocks"
}

run "environment_without_a_meaning" {
  command = plan
  variables {
    environment = "production"
  }
  expect_failures = [var.environment]
}

run "image_that_changes_under_its_name" {
  command = plan
  variables {
    image_tag = "latest"
  }
  expect_failures = [var.image_tag]
}

run "api_with_a_password_in_its_url" {
  command = plan
  variables {
    purchase_api = { url = "https://user:secret@api.example.com" }
  }
  expect_failures = [var.purchase_api]
}

run "token_in_the_clear" {
  command = plan
  variables {
    purchase_api = { url = "http://api.example.com", needs_token = true }
  }
  expect_failures = [var.purchase_api]
}

run "no_songs_database" {
  command = plan
  variables {
    demo_songs_database = false
  }
  expect_failures = [var.songs_database]
}

run "two_songs_databases" {
  command = plan
  variables {
    demo_songs_database = true
    songs_database = {
      host       = "songs.internal"
      user       = "reader"
      secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:songs-AbCdEf"
      cidr       = "172.31.0.0/16"
      peering    = null
    }
  }
  expect_failures = [var.songs_database]
}

run "songs_in_addresses_that_are_ours" {
  command = plan
  variables {
    demo_songs_database = false
    songs_database = {
      host       = "songs.internal"
      user       = "reader"
      secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:songs-AbCdEf"
      cidr       = "10.20.128.0/20"
      peering    = null
    }
  }
  expect_failures = [var.songs_database]
}

run "songs_in_addresses_that_are_none" {
  command = plan
  variables {
    demo_songs_database = false
    songs_database = {
      host       = "songs.internal"
      user       = "reader"
      secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:songs-AbCdEf"
      cidr       = "songs.internal"
      peering    = null
    }
  }
  expect_failures = [var.songs_database]
}

run "songs_in_a_network_without_routes" {
  command = plan
  variables {
    demo_songs_database = false
    songs_database = {
      host       = "songs.internal"
      user       = "reader"
      secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:songs-AbCdEf"
      cidr       = "172.31.0.0/16"
      peering    = { vpc_id = "vpc-0123456789abcdef0", route_table_ids = [], security_group_id = "sg-0123456789abcdef0" }
    }
  }
  expect_failures = [var.songs_database]
}

run "endpoint_by_its_whole_name" {
  command = plan
  variables {
    interface_endpoints = ["com.amazonaws.us-east-1.ecr.api"]
  }
  expect_failures = [var.interface_endpoints]
}

run "network_that_is_too_small" {
  command = plan
  variables {
    network_cidr = "10.20.0.0/24"
  }
  expect_failures = [var.network_cidr]
}

run "airflow_that_cannot_import_the_dags" {
  command = plan
  variables {
    orchestrator    = "mwaa"
    airflow_version = "2.11.0"
  }
  expect_failures = [var.airflow_version]
}

run "upkeep_in_the_notation_of_cron" {
  command = plan
  variables {
    maintenance_schedule = "0 4 * * 6"
    evaluation_schedule  = "30 7 * * 1"
  }
  expect_failures = [var.maintenance_schedule, var.evaluation_schedule]
}

run "warehouse_of_no_form" {
  command = plan
  variables {
    warehouse = { mode = "cheap" }
  }
  expect_failures = [var.warehouse]
}

run "emulator_that_is_elsewhere" {
  command = plan
  variables {
    aws_endpoint_url = "http://example.com:14566"
  }
  expect_failures = [var.aws_endpoint_url]
}
