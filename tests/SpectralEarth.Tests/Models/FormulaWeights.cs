using SpectralEarth.Models;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

/// <summary>Weights and images by the formula of shared/golden/README.md, section formula_weights.</summary>
internal static class FormulaWeights
{
    /// <summary>The formula repeats itself after so many numbers.</summary>
    private const long Period = 1_000_003;

    internal static readonly EncoderConfig Small = new() { Positions = PositionalEmbedding.Learned };
    internal static readonly EncoderConfig ResNet = new() { Architecture = EncoderArchitecture.SpecResnet50 };
    internal static readonly EncoderConfig Base = Small with { Width = 768, Heads = 12 };

    /// <summary>The tensors that have a formula, in the order in which they are numbered.</summary>
    internal static IEnumerable<KeyValuePair<string, Tensor>> Ordered(Encoder model) =>
        model.state_dict().Where(pair => !pair.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal);

    internal static void Fill(Encoder model)
    {
        using var frozen = no_grad();
        using var angles = arange(Period, float64).mul_(0.1);
        foreach (var (k, (name, target)) in Ordered(model).Select((pair, k) => (k, (pair.Key, pair.Value))))
        {
            using var scope = NewDisposeScope();
            var length = target.NumberOfElements;
            var s = (angles.narrow(0, 0, Math.Min(length, Period)) + k).sin_();
            var values = name.EndsWith("running_var", StringComparison.Ordinal) ? 1 + (0.5 * s.abs())
                : target.dim() == 1 && name.EndsWith("weight", StringComparison.Ordinal) ? 1 + (0.02 * s)
                : 0.02 * s;
            target.copy_(values.repeat((length + Period - 1) / Period).narrow(0, 0, length).reshape(target.shape));
        }
    }

    /// <summary>[1, 202, 128, 128].</summary>
    internal static Tensor Input()
    {
        var (c, y, x) = (arange(202, float64).view(-1, 1, 1), arange(128, float64).view(1, -1, 1), arange(128, float64).view(1, 1, -1));
        return ((0.01 * c) + (0.05 * y) + (0.03 * x)).sin().unsqueeze(0).to(float32);
    }
}
