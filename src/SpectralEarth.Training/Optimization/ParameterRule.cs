using TorchSharp.Modules;

namespace SpectralEarth.Training.Optimization;

/// <summary>Says how the parameters it covers are trained; the first rule that covers a parameter decides.</summary>
/// <param name="Covers">True for the parameters of the group, by state-dict key and parameter.</param>
/// <param name="LearningRateScale">Factor on the learning rate, for example for layer-wise decay.</param>
/// <param name="WeightDecay">Decoupled weight decay, multiplied by the scaled learning rate.</param>
public sealed record ParameterRule(Func<string, Parameter, bool> Covers, double LearningRateScale, double WeightDecay)
{
    private static readonly string[] Tokens = ["cls_token", "mask_token", "pos_embed", "decoder_pos_embed"];

    /// <summary>
    /// The usual two groups of a transformer: matrices and kernels decay; norms and biases (vectors), class and mask
    /// tokens and positions do not.
    /// </summary>
    public static IReadOnlyList<ParameterRule> DecayMatricesOnly(double weightDecay) =>
    [
        new((name, parameter) => !IsMatrix(name, parameter), 1, 0),
        Everything(weightDecay),
    ];

    /// <summary>One group of all parameters.</summary>
    public static ParameterRule Everything(double weightDecay) => new((_, _) => true, 1, weightDecay);

    /// <summary>True for matrices and kernels; false for norms and biases (vectors), class and mask tokens and positions.</summary>
    internal static bool IsMatrix(string name, Parameter parameter) => parameter.ndim > 1 && !Tokens.Contains(name.Split('.')[^1]);
}

/// <summary>A run of the flat buffers whose parameters are trained alike.</summary>
/// <param name="First">Index of the first element.</param>
/// <param name="Count">Number of elements.</param>
/// <param name="LearningRateScale">Factor on the learning rate.</param>
/// <param name="WeightDecay">Decoupled weight decay.</param>
public sealed record ParameterGroup(long First, long Count, double LearningRateScale, double WeightDecay);

/// <summary>Where a parameter lies in the flat buffers.</summary>
/// <param name="Name">State-dict key.</param>
/// <param name="First">Index of the first element.</param>
/// <param name="Count">Number of elements.</param>
/// <param name="Group">How it is trained.</param>
/// <param name="IsMatrix">False for norms, biases, class and mask tokens and positions.</param>
public sealed record ParameterPlace(string Name, long First, long Count, ParameterGroup Group, bool IsMatrix);
