# The public names of the library, grouped by task: the one place where they are written. `__init__.py` reads this file.

# Describe a model, accelerators, a workload, an SLA and achieved rates
from .accelerator import Accelerator as Accelerator
from .attention import BlockSparse as BlockSparse
from .attention import Csa as Csa
from .attention import Dsa as Dsa
from .attention import GatedDelta as GatedDelta
from .attention import Gqa as Gqa
from .attention import Hca as Hca
from .attention import Kda as Kda
from .attention import Lightning as Lightning
from .attention import Mamba1 as Mamba1
from .attention import Mamba2 as Mamba2
from .attention import Mfa as Mfa
from .attention import Mla as Mla
from .attention import RgLru as RgLru
from .attention import SharedKv as SharedKv
from .attention import ShortConv as ShortConv
from .ffn import Dense as Dense
from .ffn import Moe as Moe
from .kernels import Kernel as Kernel
from .links import Links as Links
from .mechanism import Mechanism as Mechanism
from .model import Model as Model
from .model import STACKS as STACKS
from .parameters import Parameters as Parameters
from .placement import Placement as Placement
from .placement import in_one_server as in_one_server
from .daily_demand import DailyDemand as DailyDemand
from .rates import IDEAL as IDEAL
from .rates import Rates as Rates
from .request_mix import RequestMix as RequestMix
from .scenario import ANY as ANY
from .scenario import MINE as MINE
from .scenario import MOST_ACCELERATORS as MOST_ACCELERATORS
from .scenario import PRESET_PRICES as PRESET_PRICES
from .scenario import Scenario as Scenario
from .scenario import with_own_prices as with_own_prices
from .service import Ownership as Ownership
from .service import Service as Service
from .sla import Sla as Sla
from .source import Published as Published
from .source import Source as Source
from .measured_rates import kernel_rates as kernel_rates
from .work import DecodeWork as DecodeWork
from .workload import CONTEXTS as CONTEXTS
from .workload import Workload as Workload

# Read request traces and their lengths
from .lengths import Lengths as Lengths
from .trace import Trace as Trace
from .trace import read_trace as read_trace

# Load presets
from .io.presets import accelerators as accelerators
from .io.presets import collections as collections
from .io.presets import find_accelerators as find_accelerators
from .io.presets import find_models as find_models
from .io.presets import load_accelerator as load_accelerator
from .io.presets import load_model as load_model
from .io.presets import load_price_book as load_price_book
from .io.presets import load_rates as load_rates
from .io.presets import models as models
from .io.presets import price_books as price_books
from .io.presets import rates_presets as rates_presets

# Import models of Hugging Face
from .io.huggingface import Imported as Imported
from .io.huggingface import ImportRefusedError as ImportRefusedError
from .io.huggingface import read_huggingface as read_huggingface

# Price a decoded token
from .cost import Bound as Bound
from .cost import Cheapest as Cheapest
from .cost import DecodeCost as DecodeCost
from .cost import attention_bound as attention_bound
from .cost import attention_cost as attention_cost
from .cost import attention_seconds as attention_seconds
from .cost import cheapest as cheapest
from .cost import decode_cost as decode_cost
from .cost import ffn_cost as ffn_cost
from .cost import ffn_seconds as ffn_seconds
from .cost import training_cost as training_cost
from .cost import usd_per_byte as usd_per_byte
from .cost import usd_per_flop as usd_per_flop
from .explanation import Explanation as Explanation
from .explanation import explain as explain
from .step_explanation import explain_step as explain_step
from .sparsity import SparsityFloor as SparsityFloor
from .sparsity import batch_for_high_mfu as batch_for_high_mfu
from .sparsity import minimum_sparsity as minimum_sparsity
from .sparsity import sparsity_floors as sparsity_floors

# Price a whole request: prefill, cached tokens, list prices
from .requests.chunks import ChunkedPrefill as ChunkedPrefill
from .requests.chunks import chunked_prefill as chunked_prefill
from .requests.list_prices import ListPrice as ListPrice
from .requests.list_prices import list_prices as list_prices
from .requests.list_prices import priced_models as priced_models
from .requests.prefill import Prefill as Prefill
from .requests.prefill import prefill as prefill
from .requests.price import Margin as Margin
from .requests.price import RequestPrice as RequestPrice
from .requests.price import Storage as Storage
from .requests.transfer import KvTransfer as KvTransfer
from .requests.transfer import kv_transfer as kv_transfer

# Metrics, reports and comparisons
from .catalogue import accelerators_report as accelerators_report
from .catalogue import import_report as import_report
from .catalogue import models_report as models_report
from .evaluation import Evaluation as Evaluation
from .metrics import METRICS as METRICS
from .metrics import Metric as Metric
from .metrics import metric as metric
from .results import ComparisonRow as ComparisonRow
from .results import Leader as Leader
from .results import comparison as comparison
from .results import comparison_csv as comparison_csv
from .results import comparison_report as comparison_report
from .results import leader as leader
from .results import report as report
from .results import report_csv as report_csv

# Vary: sweeps, curves, sensitivity, break-even prices, uncertainty
from .studies.break_even import BreakEven as BreakEven
from .studies.break_even import break_even as break_even
from .studies.curves import ContextCurve as ContextCurve
from .studies.curves import DesignCurves as DesignCurves
from .studies.curves import context_curve as context_curve
from .studies.curves import design_curves as design_curves
from .studies.prompts import RequestCurve as RequestCurve
from .studies.prompts import request_curve as request_curve
from .studies.sensitivity import Effect as Effect
from .studies.sensitivity import Sensitivity as Sensitivity
from .studies.sensitivity import sensitivity as sensitivity
from .studies.sweep import sweep as sweep
from .studies.uncertainty import Uncertainty as Uncertainty
from .studies.uncertainty import uncertainty as uncertainty

# Search a design space
from .axis_text import LONGEST_AXIS as LONGEST_AXIS
from .axis_text import first_axis as first_axis
from .axis_text import read_axis as read_axis
from .designspace.design_search import DesignSearch as DesignSearch
from .designspace.design_search import default_search as default_search
from .designspace.front import Front as Front
from .designspace.pareto import frontier as frontier
from .designspace.search import search as search
from .designspace.search_questions import MetricBound as MetricBound
from .designspace.search_questions import first_constraint as first_constraint
from .designspace.search_questions import metric_bound as metric_bound
from .designspace.search_questions import search_questions as search_questions
from .designspace.space import Space as Space
from .designspace.space import spans_designs as spans_designs
from .search_results import front_csv as front_csv
from .search_results import front_report as front_report
from .search_results import search_csv as search_csv
from .search_results import search_report as search_report

# Plan servers: AFD pools, colocated pools, timelines, mixes of contexts
from .ranking import plan_csv as plan_csv
from .ranking import plan_report as plan_report
from .ranking import verdict_report as verdict_report
from .planner.bridge import Bridge as Bridge
from .planner.bridge import BridgeLane as BridgeLane
from .planner.bridge import BridgeStep as BridgeStep
from .planner.bridge import bridge as bridge
from .planner.colocated import Colocated as Colocated
from .planner.colocated import colocated as colocated
from .planner.decision import Decision as Decision
from .planner.decision import Level as Level
from .planner.decision import Way as Way
from .planner.decision import decide as decide
from .planner.mix import ContextMix as ContextMix
from .planner.mix import mix_of_contexts as mix_of_contexts
from .planner.mix import mix_of_requests as mix_of_requests
from .planner.mix import mix_of_trace as mix_of_trace
from .planner.pair_plans import deployment as deployment
from .planner.pair_plans import pair_plan as pair_plan
from .planner.plan import Plan as Plan
from .planner.plans import PlanRow as PlanRow
from .planner.plans import plan as plan
from .planner.plans import plans as plans
from .planner.plans import verdict as verdict
from .planner.reach import AttentionReach as AttentionReach
from .planner.reach import FfnServers as FfnServers
from .planner.reach import attention_reach as attention_reach
from .planner.reach import ffn_servers_needed as ffn_servers_needed
from .planner.step_calls import StepCall as StepCall
from .planner.step_calls import StepPart as StepPart
from .planner.step_calls import step_parts as step_parts
from .planner.timeline import Timeline as Timeline
from .planner.timeline import timeline as timeline
from .planner.verdict import EVEN as EVEN
from .planner.verdict import Verdict as Verdict
from .planner.verdict import judge as judge

# Run a fleet: whole requests, servers over the day, owned prices, power, prefix caches
from .fleets.demand import Demand as Demand
from .requests.energy import Draw as Draw
from .requests.energy import accelerators_in_budget as accelerators_in_budget
from .fleets.failures import availability as availability
from .fleets.failures import least_spares as least_spares
from .fleets.fleet import Fleet as Fleet
from .fleets.fleet import fleet as fleet
from .bill_explanation import explain_fleet as explain_fleet
from .bill_explanation import explain_request as explain_request
from .bills import fleet_csv as fleet_csv
from .bills import fleet_report as fleet_report
from .bills import hour_rows as hour_rows
from .bills import owned_rows as owned_rows
from .bills import pool_costs as pool_costs
from .bills import pool_rows as pool_rows
from .bills import power_row as power_row
from .bills import request_csv as request_csv
from .bills import request_report as request_report
from .fleets.market import Offer as Offer
from .fleets.market import market as market
from .fleets.owning import OwnedPrice as OwnedPrice
from .fleets.owning import owned_price as owned_price
from .fleets.owning import owned_prices as owned_prices
from .fleets.power import Power as Power
from .fleets.profiles import LENGTH_EDGES as LENGTH_EDGES
from .fleets.large_traces import read_traces as read_traces
from .fleets.profiles import TraceProfile as TraceProfile
from .fleets.profiles import trace_profile as trace_profile
from .fleets.published import PublishedDay as PublishedDay
from .fleets.published import load_published_day as load_published_day
from .fleets.published import published_days as published_days
from .fleets.request import PoolUse as PoolUse
from .fleets.request import Request as Request
from .fleets.request import deployed_request as deployed_request
from .fleets.request import request as request
from .fleets.schedules import Schedule as Schedule
from .fleets.start_costs import start_problem as start_problem
from .fleets.starts import StartProblem as StartProblem
from .fleets.starts import StartSchedule as StartSchedule
from .fleets.starts import schedule as schedule
from .fleets.ttft import Ttft as Ttft
from .fleets.queueing import erlang_c as erlang_c
from .fleets.prefix import with_prefix_hits as with_prefix_hits

# Simulate a plan as events
from .simulation.simulate import Simulation as Simulation
from .simulation.simulate import simulate as simulate
from .simulation.theory import deterministic_cycle as deterministic_cycle
from .simulation.theory import exponential_cycle as exponential_cycle
from .simulation.variability import Variability as Variability

# Links and scenario files
from .io.designs import MOST_DESIGNS as MOST_DESIGNS
from .io.designs import design_name as design_name
from .io.designs import designs_of_query as designs_of_query
from .io.designs import read_designs as read_designs
from .io.designs import write_designs as write_designs
from .defaults import DEFAULT_ACCELERATORS as DEFAULT_ACCELERATORS
from .io.link import DESIGNS_PARAMETER as DESIGNS_PARAMETER
from .io.link import LONGEST_SETTING as LONGEST_SETTING
from .io.link import Link as Link
from .io.link import MOST_SETTINGS as MOST_SETTINGS
from .io.link import PAGE_PREFIX as PAGE_PREFIX
from .io.link import SEARCH_PREFIX as SEARCH_PREFIX
from .io.link import admitted_settings as admitted_settings
from .defaults import default_scenario as default_scenario
from .io.link import from_pairs as from_pairs
from .io.link import from_query as from_query
from .io.link import scenario_pairs as scenario_pairs
from .io.link import to_pairs as to_pairs
from .io.link import to_query as to_query
from .io.old_links import upgraded_pairs as upgraded_pairs
from .io.search_link import LONGEST_TERMS as LONGEST_TERMS
from .io.search_link import SearchLink as SearchLink
from .io.search_link import read_search as read_search
from .io.search_link import search_of_query as search_of_query
from .io.search_link import search_pairs as search_pairs
from .io.scenario_file import LARGEST_FILE as LARGEST_FILE
from .io.scenario_file import ScenarioFile as ScenarioFile
from .io.scenario_file import file_of_query as file_of_query
from .io.scenario_file import from_toml as from_toml
from .io.scenario_file import load_scenario as load_scenario
from .io.scenario_file import scenarios as scenarios
from .io.scenario_file import to_toml as to_toml

# What differs from the presets, and its reset
from .differences import AUTOMATIC as AUTOMATIC
from .differences import GIVEN as GIVEN
from .differences import Change as Change
from .differences import Swap as Swap
from .differences import changes as changes
from .differences import preset_of as preset_of
from .differences import reset as reset
from .differences import swap_mechanism as swap_mechanism

# Fields and their paths
from .paths import fields as fields
from .paths import replace_valid as replace_valid
from .paths import update as update
from .paths import value as value
from .paths import values as values
from .spec import Check as Check
from .spec import Choice as Choice
from .spec import Field as Field
from .spec import Spec as Spec

# Compare with the paper and with measurements
from .validation.abstract import Claim as Claim
from .validation.abstract import ClaimCost as ClaimCost
from .validation.abstract import claim_costs as claim_costs
from .validation.abstract import claim_throughputs as claim_throughputs
from .validation.abstract import claims as claims
from .validation.error_report import ERROR_AIM as ERROR_AIM
from .validation.error_report import accuracy as accuracy
from .validation.error_report import accuracy_words as accuracy_words
from .validation.error_report import measurements_csv as measurements_csv
from .validation.error_report import measurements_report as measurements_report
from .validation.measured import ErrorSummary as ErrorSummary
from .validation.measured import MeasurementRow as MeasurementRow
from .validation.measured import error_summary as error_summary
from .validation.measured import measurements as measurements
from .validation.deployment_prices import PublishedCost as PublishedCost
from .validation.deployment_prices import published_costs as published_costs
from .validation.paper import PAPER_COLLECTION as PAPER_COLLECTION
from .validation.paper import PaperCell as PaperCell
from .validation.paper import paper_cells as paper_cells
from .validation.paper_report import paper_csv as paper_csv
from .validation.paper_report import paper_report as paper_report

# Errors
from .errors import CostModelError as CostModelError
from .errors import DomainError as DomainError
from .errors import PresetError as PresetError
from .errors import Problem as Problem
from .errors import SearchCancelledError as SearchCancelledError
from .errors import UnknownNameError as UnknownNameError
