using SpectralEarth.Checkpoints;
using SpectralEarth.Models.Contrastive;
using SpectralEarth.Models.Layers;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models.Contrastive;

/// <summary>The momentum update of a following network against the reference's (lightly).</summary>
public sealed class MomentumUpdateGoldenTests
{
    private readonly Golden golden = new("losses");

    [TestCase(0.999)]
    [TestCase(0.9)]
    public void Momentum_update_equals_the_reference_and_leaves_buffers_alone(double momentum)
    {
        using var online = Head("moco_online.safetensors");
        using var follower = Head("moco_ema_before.safetensors");
        using var before = SafeTensorsFile.Open(golden.File("moco_ema_before.safetensors"));
        var file = FormattableString.Invariant($"moco_ema_after_m{momentum}.safetensors");
        using var after = SafeTensorsFile.Open(golden.File(file));
        using var scope = NewDisposeScope();

        using var parameters = new FlatParameters(online.named_parameters().Select(item => ("online." + item.name, item.parameter)), [ParameterRule.Everything(0)]);
        using var average = new ParameterAverage(parameters);
        average.Carry(follower, "online.");
        average.Follow(momentum);

        foreach (var (name, parameter) in follower.named_parameters())
            Golden.Near(parameter, after.Read(name), golden.Json("tolerance.json").GetProperty($"{file}:{name}").GetProperty("recommended_atol").GetDouble(), name);
        foreach (var (name, buffer) in follower.named_buffers())
            Golden.Near(buffer, before.Read(name), 0, name);
    }

    private ProjectionHead Head(string file)
    {
        var head = new ProjectionHead([24, 48, 16], new FirstWeights(1));
        using var weights = SafeTensorsFile.Open(golden.File(file));
        WeightLoader.Load(head, weights);
        return head;
    }
}
