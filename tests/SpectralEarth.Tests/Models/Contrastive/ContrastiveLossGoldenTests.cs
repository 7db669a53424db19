using SpectralEarth.Models.Contrastive;
using SpectralEarth.Training;
using SpectralEarth.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models.Contrastive;

/// <summary>Losses, gradients, memory bank and centre against those that the reference computes (lightly).</summary>
[TestFixture(ScalarType.Float32)]
[TestFixture(ScalarType.Float64)]
public sealed class ContrastiveLossGoldenTests(ScalarType type)
{
    private const double Temperature = 0.1;
    private readonly Golden golden = new("losses");

    private string TypeName => type == ScalarType.Float64 ? "float64" : "float32";

    private double Relative => type == ScalarType.Float64 ? 1e-12 : 2e-6;

    [Test]
    public void Loss_against_the_queue_its_gradient_and_the_queue_equal_the_reference_over_four_steps()
    {
        using var queue = Queue();
        using var scope = NewDisposeScope();
        var (query, key) = (Read("ntxent_q.npy").requires_grad_(), Read("ntxent_k.npy"));
        var facts = golden.Json("ntxent.json");
        var (losses, rows, banks) = (new List<double>(), new List<long>(), new List<Tensor>());

        for (var step = 0; step < 4; step++)
        {
            var loss = ContrastiveLoss.AgainstQueue(query[step], key[step], queue.Keys.clone(), Temperature);
            queue.Enqueue(key[step]);
            loss.backward();
            losses.Add(loss.to(float64).item<double>());
            rows.Add(queue.NextRow);
            banks.Add(queue.Keys.clone());
        }

        ExpectNumbers(losses, facts.GetProperty("loss_" + TypeName));
        Assert.That(rows, Is.EqualTo(facts.GetProperty("bank_ptr_after").EnumerateArray().Select(row => row.GetInt64())));
        golden.Expect(stack(banks), "ntxent_expected_bank_after.npy");
        golden.Expect(query.grad!, "ntxent_expected_grad_q.npy");
    }

    [Test]
    public void Loss_against_a_queue_that_stays_as_it_was_equals_the_reference()
    {
        using var queue = Queue();
        using var scope = NewDisposeScope();
        var (query, key) = (Read("ntxent_q.npy"), Read("ntxent_k.npy"));

        var losses = Enumerable.Range(0, 4)
            .Select(step => ContrastiveLoss.AgainstQueue(query[step], key[step], queue.Keys, Temperature).to(float64).item<double>());

        // These losses are given in float64 only.
        var expected = golden.Json("ntxent.json").GetProperty("losses_float64_without_bank_update").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        foreach (var (found, wanted) in losses.Zip(expected))
            Assert.That(found, Is.EqualTo(wanted).Within(Relative * wanted));
    }

    [TestCase("reference", 0)]
    [TestCase("reference", 5)]
    [TestCase("reference", 12)]
    [TestCase("warmup_0.04_to_0.07", 0)]
    [TestCase("warmup_0.04_to_0.07", 5)]
    [TestCase("warmup_0.04_to_0.07", 12)]
    public void Distillation_loss_its_gradient_and_the_centre_equal_the_reference(string setting, int epoch)
    {
        using var loss = Distillation();
        using var scope = NewDisposeScope();
        var (teacher, student) = (Read("dino_teacher.npy"), Read("dino_student.npy").requires_grad_());
        var facts = golden.Json("dino.json").GetProperty(setting).GetProperty("epochs").GetProperty($"{epoch}");
        var temperature = facts.GetProperty("teacher_temperature").GetDouble();

        var first = loss.Of(teacher, student, temperature);
        first.backward();
        loss.EndStep(isUsed: true);
        var center = loss.Center.clone();
        var second = loss.Of(teacher, student.detach(), temperature);
        loss.EndStep(isUsed: true);

        ExpectNumber(first, facts.GetProperty("loss_" + TypeName).GetDouble());
        ExpectNumber(second, facts.GetProperty("second_call_loss_" + TypeName).GetDouble());
        golden.Expect(student.grad!, $"dino_expected_grad_student_{setting.Replace("0.0", "0p0", StringComparison.Ordinal)}_epoch{epoch}.npy");
        golden.Expect(center, "dino_expected_center_after.npy");
        golden.Expect(loss.Center, "dino_expected_center_after_second_call.npy");
    }

    [Test]
    public void Distillation_loss_without_local_views_equals_the_reference()
    {
        using var loss = Distillation();
        using var scope = NewDisposeScope();
        var facts = golden.Json("dino.json");
        var temperature = facts.GetProperty("reference").GetProperty("epochs").GetProperty("12").GetProperty("teacher_temperature").GetDouble();

        var found = loss.Of(Read("dino_teacher.npy"), Read("dino_student.npy").narrow(0, 0, 2), temperature);

        ExpectNumber(found, facts.GetProperty("two_student_views_only_epoch12").GetProperty(TypeName).GetDouble());
    }

    [TestCase("reference", 0.04)]
    [TestCase("warmup_0.04_to_0.07", 0.07)]
    public void Teacher_temperature_follows_the_references_epochs(string setting, double end)
    {
        var recipe = new TeacherTemperatureRecipe { End = end };

        foreach (var epoch in golden.Json("dino.json").GetProperty(setting).GetProperty("epochs").EnumerateObject())
        {
            // The reference keeps its temperatures as float32.
            var expected = epoch.Value.GetProperty("teacher_temperature").GetDouble();
            Assert.That(recipe.At(int.Parse(epoch.Name, System.Globalization.CultureInfo.InvariantCulture)), Is.EqualTo(expected).Within(1e-8), epoch.Name);
        }
    }

    [Test]
    public void Teacher_momentum_by_epoch_with_length_10_is_the_references_and_reaches_1()
    {
        var expected = golden.Json("tables.json").GetProperty("dino_momentum_schedule").GetProperty("value_by_epoch").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        var recipe = new MomentumRecipe { Start = 0.996, End = 1, Interval = SpectralEarth.Training.Optimization.ScheduleInterval.Epoch, Epochs = 10 };
        var run = new RunLength(TotalSteps: 100 * 7, Samples: 7, BatchSize: 1);

        for (var epoch = 0; epoch < expected.Length; epoch++)
        {
            Assert.That(recipe.At(epoch * 7, run), Is.EqualTo(expected[epoch]).Within(1e-14), $"first step of epoch {epoch}");
            Assert.That(recipe.At((epoch * 7) + 6, run), Is.EqualTo(expected[epoch]).Within(1e-14), $"last step of epoch {epoch}");
        }
    }

    private Tensor Read(string name) => golden.Read(name).to(type);

    private KeyQueue Queue()
    {
        var queue = new KeyQueue(length: 20, width: 16, seed: 1);
        queue.to(type);
        using var scope = NewDisposeScope();
        queue.Keys.copy_(Read("ntxent_bank_before.npy"));
        return queue;
    }

    private DistillationLoss Distillation()
    {
        var loss = new DistillationLoss(outputs: 32, studentTemperature: 0.1, centerMomentum: 0.9);
        loss.to(type);
        using var scope = NewDisposeScope();
        loss.Center.copy_(Read("dino_center_before.npy"));
        return loss;
    }

    private void ExpectNumbers(IReadOnlyList<double> found, System.Text.Json.JsonElement expected)
    {
        foreach (var (value, wanted) in found.Zip(expected.EnumerateArray()))
            Assert.That(value, Is.EqualTo(wanted.GetDouble()).Within(Relative * wanted.GetDouble()));
    }

    private void ExpectNumber(Tensor found, double expected) =>
        Assert.That(found.to(float64).item<double>(), Is.EqualTo(expected).Within(Relative * expected));
}
